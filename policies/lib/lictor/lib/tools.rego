# What tools do, told from their names: globs in `data.settings.tool_classes`, compared in lower case.
package lictor.lib.tools

import rego.v1

# named(globs, name) holds when one of the globs fits the name; `*` fits everything.
named(globs, name) if {
	some pattern in globs
	glob.match(pattern, null, lower(name))
}

# classes(name) are all classes that a tool's name falls into; none when no glob fits.
classes(name) := {class |
	some class, globs in data.settings.tool_classes
	named(globs, name)
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
