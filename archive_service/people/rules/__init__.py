"""The pure part of people: roles and what they carry, passwords, tries."""
