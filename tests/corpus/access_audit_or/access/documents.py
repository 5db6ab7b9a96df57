from dataclasses import dataclass, field


@dataclass
class Document:
    title: str
    owner: str
    team: str = ""
    public: bool = False
    locked: bool = False
    readers: list = field(default_factory=list)

    def share_with(self, *names):
        for name in names:
            if name not in self.readers:
                self.readers.append(name)
