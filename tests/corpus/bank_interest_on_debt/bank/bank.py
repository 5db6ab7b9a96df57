from .account import Account
from .errors import UnknownAccount


class Bank:
    def __init__(self):
        self.accounts = {}
        self._next = 1

    def open(self, owner, balance=0, overdraft=0):
        number = self._next
        self._next += 1
        self.accounts[number] = Account(owner, balance, overdraft)
        return number

    def account(self, number):
        try:
            return self.accounts[number]
        except KeyError:
            raise UnknownAccount(number) from None

    def transfer(self, source, target, amount):
        payer = self.account(source)
        payee = self.account(target)
        payer.withdraw(amount)
        payee.deposit(amount)

    def total(self):
        return sum(account.balance for account in self.accounts.values())

    def by_owner(self, owner):
        return sorted(n for n, account in self.accounts.items() if account.owner == owner)

    def add_interest(self, percent):
        for account in self.accounts.values():
            account.deposit(account.balance * percent // 100)

    def richest(self):
        if not self.accounts:
            return None
        return max(self.accounts, key=lambda number: self.accounts[number].balance)
