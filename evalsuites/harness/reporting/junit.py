"""Gates as JUnit has tests, for systems that show nothing else. The evidence is ``run.json``, not this."""

from evalsuites.harness.reporting.run import Run
from gateway.policy.junit import Check, suite, xml


def junit(run: Run) -> str:
    """One test a gate. An unclear answer is an error, so that no system counts it as passed."""
    gates = [
        Check(one.gate.suite, one.gate.id, "advice" if one.warns else one.state, one.reason)
        for one in run.ruling.gates
    ]
    properties = {name: str(run.manifest[name]) for name in ("gates", "policy", "code")}
    return xml(suite("release gates", gates, properties=properties))
