"""The code of runs, looked at through git: nothing of it is ever checked out, run or followed."""
