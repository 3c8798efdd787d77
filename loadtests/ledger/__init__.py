"""The credit ledger: proof from the samples that no update was lost or applied twice."""
