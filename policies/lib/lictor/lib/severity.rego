# How grave a finding is, in four words. The words of each label stand in `data.settings.severity`.
package lictor.lib.severity

import rego.v1

# ranks are the words, and how grave each is.
ranks := {"low": 0, "medium": 1, "high": 2, "critical": 3}

# of(category, name) is the word for a label of a category: the label's own, else the category's "*".
of(category, name) := object.get(
	data.settings.severity[category],
	name,
	object.get(data.settings.severity[category], "*", "medium"),
)

# A category that the settings do not know is of medium severity.
of(category, _) := "medium" if not category in object.keys(data.settings.severity)

# at_least(word, least) holds when the first word is as grave as the second.
at_least(word, least) if ranks[word] >= ranks[least]
