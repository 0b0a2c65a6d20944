"""SOC 2: Trust Services Criteria."""

from reports.builders.frameworks import of_frameworks

EDITIONS = (("soc2", "2017"),)

build = of_frameworks("soc2", "SOC 2, Trust Services Criteria", EDITIONS)
