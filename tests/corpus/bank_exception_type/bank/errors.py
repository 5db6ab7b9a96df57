class BankError(Exception):
    """Root of everything the bank refuses."""


class InsufficientFunds(BankError):
    def __init__(self, needed, available):
        super().__init__(f"needed {needed}, available {available}")
        self.needed = needed
        self.available = available


class UnknownAccount(BankError):
    pass
