# Every call and every answer is looked through for personal data and for secrets.
package lictor.plan

import rego.v1

detectors contains id if some id in ["patterns", "secrets"]

response_detectors contains id if some id in ["patterns", "secrets"]
