"""The credit ledger: proves from the samples that no update was lost or applied twice."""
