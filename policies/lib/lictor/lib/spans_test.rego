package lictor.lib.spans_test

import rego.v1

import data.lictor.lib.spans

at(segment, start, end) := {"segment": segment, "start": start, "end": end}

test_length if spans.extent(at("s0", 3, 10)) == 7

test_neighbours_do_not_overlap if {
	spans.overlap(at("s0", 0, 5), at("s0", 4, 9))
	spans.overlap(at("s0", 0, 9), at("s0", 4, 5))
	not spans.overlap(at("s0", 0, 5), at("s0", 5, 9))
}

test_segments_are_apart if not spans.overlap(at("s0", 0, 5), at("s1", 0, 5))

test_share_of_a_segment if {
	facts := {"segments": [{"id": "s0", "length": 0}, {"id": "s1", "length": 20}]}
	spans.share(at("s1", 0, 5)) == 0.25 with input as facts
	not spans.share(at("s0", 0, 0)) with input as facts
	not spans.share(at("s2", 0, 5)) with input as facts
}
