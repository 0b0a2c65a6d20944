# Where findings lie: how long they are, whether two overlap, how much of their segment they take.
package lictor.lib.spans

import rego.v1

# extent(finding) is its length in characters.
extent(finding) := finding.end - finding.start

# overlap(one, other) holds when two findings of one segment share a character.
overlap(one, other) if {
	one.segment == other.segment
	one.start < other.end
	other.start < one.end
}

# share(finding) is the part of its segment that a finding takes, from 0 to 1. It reads the lengths of segments,
# which differ from call to call: rules that use it are evaluated for nearly every call.
share(finding) := (finding.end - finding.start) / segment.length if {
	some segment in input.segments
	segment.id == finding.segment
	segment.length > 0
}
