"""AeroLeads: contact details of a person, asked for by the address of a public profile."""
