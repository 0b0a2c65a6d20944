package lictor.lib.windows_test

import rego.v1

import data.lictor.lib.windows

# Thursday, 1 January 2026, 00:00 UTC.
thursday := 1767225600000

at(minutes) := {"time": {"unix_ms": thursday + (minutes * 60000)}}

office := {"days": ["thu"], "from": "08:00", "to": "17:30", "offset_minutes": 0}

night := {"days": ["thu"], "from": "22:00", "to": "06:00", "offset_minutes": 0}

test_the_day_and_the_minute if {
	windows.weekday(0) == "thu" with input as at(0)
	windows.minute_of_day(0) == 61 with input as at(61)
	windows.weekday(0) == "wed" with input as at(-1)
	windows.weekday_before(0) == "wed" with input as at(0)
	windows.weekday(0) == "thu" with input as {"time": {"unix_ms": 0}}
}

test_the_first_minute_is_inside_and_the_last_is_not if {
	not windows.open(office) with input as at(479)
	windows.open(office) with input as at(480)
	windows.open(office) with input as at(1049)
	not windows.open(office) with input as at(1050)
}

test_another_day_is_outside if not windows.open(office) with input as at(480 + 1440)

test_an_offset_moves_the_clock_and_the_day if {
	one_hour_east := object.union(office, {"offset_minutes": 60})
	windows.open(one_hour_east) with input as at(420)
	not windows.open(one_hour_east) with input as at(419)
	windows.weekday(-60) == "wed" with input as at(59)
	windows.weekday(-60) == "thu" with input as at(60)
}

test_a_night_belongs_to_the_day_on_which_it_began if {
	not windows.open(night) with input as at(1319)
	windows.open(night) with input as at(1320)
	windows.open(night) with input as at(1440 + 359)
	not windows.open(night) with input as at(1440 + 360)
	not windows.open(night) with input as at(100)
}

test_a_whole_day if {
	day := {"days": ["thu"], "from": "00:00", "to": "24:00", "offset_minutes": 0}
	windows.open(day) with input as at(0)
	windows.open(day) with input as at(1439)
	not windows.open(day) with input as at(1440)
}

test_a_time_is_written_in_two_and_two_digits if {
	windows.minute("08:05") == 485
	windows.minute("00:00") == 0
	not windows.minute("8:05")
	not windows.minute("soon")
	not windows.open(object.union(office, {"to": "8"})) with input as at(480)
}
