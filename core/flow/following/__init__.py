"""What a CRM's change does to our records: taken in field by field, or the record's end, merge or conversion followed.

Comes in: changes of followed records, and the world of a decision. Goes out: observations and altered links in that world.
Guarantees: pure; our own write coming back changes nothing; a record that is gone, merged or converted is not written again.
"""
