"""SOC 2: Trust Services Criteria."""

from reports.builders.frameworks import of_frameworks

build = of_frameworks("soc2", "SOC 2, Trust Services Criteria", (("soc2", "2017"),))
