"""ISO/IEC 42001:2023, Annex A, by id and in our own words."""

from reports.builders.frameworks import of_frameworks

EDITIONS = (("iso-42001", "2023"),)

build = of_frameworks("iso42001", "ISO/IEC 42001, Annex A", EDITIONS)
