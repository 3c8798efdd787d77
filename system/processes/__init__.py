"""Child processes: started, guarded, supervised, waited for and stopped."""
