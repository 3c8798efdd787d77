"""The systems that every report compares with."""
