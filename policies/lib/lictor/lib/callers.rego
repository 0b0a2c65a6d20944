# Who is calling: roles, attributes, tier and age, with an answer for what the operator left out.
package lictor.lib.callers

import rego.v1

# has_role(wanted) holds when the caller has one of the wanted roles.
has_role(wanted) if {
	some role in input.caller.roles
	role in wanted
}

# attribute(name, otherwise) is the caller's attribute, or `otherwise` where it has none.
attribute(name, otherwise) := object.get(input.caller.attributes, name, otherwise)

# words(name) are the words of an attribute that lists several: "payment, delete" is {"payment", "delete"}.
words(name) := {trim_space(word) | some word in split(attribute(name, ""), ","); trim_space(word) != ""}

# tier is the caller's attribute `tier`; callers without one are of the tier "standard".
tier := object.get(input.caller.attributes, "tier", "standard")

# age is the caller's attribute `age` in whole years; undefined where that is missing or no such number.
age := to_number(input.caller.attributes.age) if regex.match(`^(0|[1-9][0-9]{0,2})$`, input.caller.attributes.age)
