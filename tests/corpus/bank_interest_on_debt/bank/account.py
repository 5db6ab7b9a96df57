from .errors import InsufficientFunds


class Account:
    def __init__(self, owner, balance=0, overdraft=0):
        self.owner = owner
        self.balance = balance
        self.overdraft = overdraft
        self.history = []

    @property
    def available(self):
        return self.balance + self.overdraft

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        if amount > self.available:
            raise InsufficientFunds(amount, self.available)
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def last(self, count=1):
        """The newest entries, newest first."""
        return list(reversed(self.history[-count:]))
