# Settings by tenant: a tenant's own entry replaces the one for everybody ("*").
package lictor.tenants

import rego.v1

setting(table) := object.get(table, input.caller.tenant, object.get(table, "*", []))
