"""Tasks in a JSON file."""
import json
from pathlib import Path


class Store:
    def __init__(self, path):
        self.path = Path(path)
        self.tasks = []
        if self.path.exists():
            self.tasks = json.loads(self.path.read_text())

    def save(self):
        self.path.write_text(json.dumps(self.tasks, indent=2))

    def add(self, title, priority=2, tags=()):
        number = max((task["id"] for task in self.tasks), default=0) + 1
        task = {"id": number, "title": title.strip(), "priority": priority, "tags": list(tags), "done": False}
        self.tasks.append(task)
        self.save()
        return number

    def find(self, number):
        for task in self.tasks:
            if task["id"] == number:
                return task
        raise KeyError(number)

    def complete(self, number):
        self.find(number)["done"] = True
        self.save()

    def remove(self, number):
        self.tasks.remove(self.find(number))
        self.save()

    def open_tasks(self, tag=None):
        chosen = [t for t in self.tasks if not t["done"] and (tag is None or tag in t["tags"])]
        return sorted(chosen, key=lambda task: (task["priority"], task["id"]))

    def progress(self):
        if not self.tasks:
            return 0
        done = sum(1 for task in self.tasks if task["done"])
        return round(100 * done / len(self.tasks))
