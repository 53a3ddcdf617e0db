"""Forms as data: what each service item asks of an applicant, and whether an answer will do."""
