# What tools do, told from their names. Classes such as read, write, delete, execute, payment and communicate are data:
# `data.settings.tool_classes.names` has the classes of a tool by its very name and goes first; for all other tools
# `data.settings.tool_classes.words` has the classes of words.
package lictor.lib.tools

import rego.v1

# named(globs, name) holds when one of the globs fits the name; `*` fits everything. Each glob costs some
# microseconds: for long lists, words are cheaper.
named(globs, name) if {
	some pattern in globs
	glob.match(pattern, null, name)
}

# words(name) are the words of a name in lower case: "deleteFile", "delete_file" and "fs.delete-file" all have "delete".
words(name) := {word |
	some word in regex.split(`[^a-z0-9]+`, lower(regex.replace(name, `([a-z0-9])([A-Z])`, "${1} ${2}")))
}

# classes(name) are all classes of a tool; none when its name tells nothing.
classes(name) := {class | some class in data.settings.tool_classes.names[name]} if {
	name in object.keys(data.settings.tool_classes.names)
}

classes(name) := {class |
	some word in words(name)
	some class in data.settings.tool_classes.words[word]
} if {
	not name in object.keys(data.settings.tool_classes.names)
}

# offered are the tools that the request offers, each with its classes.
offered[name] := classes(name) if some name in input.exchange.tools

# unclassified are the tools whose names tell nothing.
unclassified contains name if {
	some name, kinds in offered
	count(kinds) == 0
}

# kinds_offered are the classes of all tools of the request together.
kinds_offered contains class if some class in offered[_]
