"""The tools that read and change files: editor, patches, search and repository map. They run inside the box."""
