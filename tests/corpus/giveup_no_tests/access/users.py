from dataclasses import dataclass, field


@dataclass
class User:
    name: str
    roles: set = field(default_factory=set)
    active: bool = True
    team: str = ""

    def has_role(self, role):
        return role in self.roles

    @property
    def is_admin(self):
        return self.has_role("admin")
