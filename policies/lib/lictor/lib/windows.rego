# Times of day and days of the week, told from `input.time.unix_ms`. Offsets from UTC are fixed numbers of minutes;
# there is no table of time zones, and none of summer time. Rules that use this are evaluated for every call.
package lictor.lib.windows

import rego.v1

# days of the week, as windows name them.
days := ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

minutes_per_day := 1440

# local_minute(offset) is the number of minutes since the epoch, in local time.
local_minute(offset) := floor(input.time.unix_ms / 60000) + offset

# minute_of_day(offset) is from 0 to 1439.
minute_of_day(offset) := local_minute(offset) % minutes_per_day

# weekday(offset) is one of `days`. The epoch was a Thursday.
weekday(offset) := days[(floor(local_minute(offset) / minutes_per_day) + 3) % 7]

# weekday_before(offset) is the day before that.
weekday_before(offset) := days[(floor(local_minute(offset) / minutes_per_day) + 2) % 7]

# minute(clock) is the minute of the day of a time such as "06:30"; "24:00" is the end of the day. What is not written
# in two and two digits is undefined, so that no window with it is open.
minute(clock) := (two_digits(hours) * 60) + two_digits(minutes) if {
	regex.match(`^[0-9]{2}:[0-9]{2}$`, clock)
	[hours, minutes] = split(clock, ":")
}

# The 1 in front is there because engines disagree on numbers that begin with 0.
two_digits(text) := to_number(concat("", ["1", text])) - 100

# open(window) holds inside a window such as
# {"days": ["mon", "tue"], "from": "08:00", "to": "17:30", "offset_minutes": 60}.
# The first minute is inside, the last one is not. A window that ends before it begins goes on after midnight and
# belongs to the day on which it began.
open(window) if {
	minute(window.from) < minute(window.to)
	weekday(window.offset_minutes) in window.days
	minute_of_day(window.offset_minutes) >= minute(window.from)
	minute_of_day(window.offset_minutes) < minute(window.to)
}

open(window) if {
	minute(window.from) >= minute(window.to)
	weekday(window.offset_minutes) in window.days
	minute_of_day(window.offset_minutes) >= minute(window.from)
}

open(window) if {
	minute(window.from) >= minute(window.to)
	weekday_before(window.offset_minutes) in window.days
	minute_of_day(window.offset_minutes) < minute(window.to)
}
