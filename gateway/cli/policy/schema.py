"""``lictor policy schema``."""

import json

import click


@click.command()
@click.option("--plan", is_flag=True, help="What package lictor.plan sees, instead of the whole input.")
def schema(*, plan: bool) -> None:
    """Print the JSON Schema of the policy input, as ``opa check --schema`` and editors read it."""
    from gateway.policy.schema import plan_schema
    from gateway.policy.schema import schema as whole

    click.echo(json.dumps(plan_schema() if plan else whole(), indent=2))
