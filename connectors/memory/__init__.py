"""The reference connector: a remote that lives in this process. Read it first when you write a connector."""
