"""Who may do what with a document."""


class Denied(Exception):
    pass


class Policy:
    def __init__(self, audit=None):
        self.audit = audit if audit is not None else []

    def can_read(self, user, document):
        if not user.active:
            return False
        if document.public or user.is_admin:
            return True
        return user.name == document.owner or user.name in document.readers or self._same_team(user, document)

    def can_write(self, user, document):
        if not user.active or document.locked:
            return False
        return user.is_admin or user.name == document.owner or (
            user.has_role("editor") and self._same_team(user, document)
        )

    def can_delete(self, user, document):
        return user.active and (user.is_admin or (user.name == document.owner and not document.locked))

    def require(self, action, user, document):
        checks = {"read": self.can_read, "write": self.can_write, "delete": self.can_delete}
        if action not in checks:
            raise ValueError(f"unknown action {action}")
        allowed = checks[action](user, document)
        self.audit.append((user.name, action, document.title, allowed))
        if not allowed:
            raise Denied(f"{user.name} may not {action} {document.title}")

    def visible(self, user, documents):
        return sorted(document.title for document in documents if self.can_read(user, document))

    def _same_team(self, user, document):
        return user.team == document.team
