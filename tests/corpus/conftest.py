"""The corpus is input for the repair engine; its tests are not tests of this project."""

collect_ignore_glob = ["*"]
