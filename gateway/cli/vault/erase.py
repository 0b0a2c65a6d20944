"""``lictor vault erase``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, FAILED, NOTHING, complaints, fail, say
from gateway.cli.desk import BY, actor, ledger, settings_of


@click.command()
@click.option("--tenant", default="default", show_default=True, help="The tenant whose calls they are.")
@click.option("--subject", help="Whom the content is about, as calls declare it.")
@click.option(
    "--day", help="Instead: what a tenant's calls of that day declared of nobody (2026-11-26, UTC)."
)
@click.option("--request-ref", required=True, help="Your reference of the request.")
@click.option("--basis", required=True, help="On what ground, such as 'GDPR Art. 17(1)(b)'.")
@BY
@CONFIG
def erase(  # noqa: PLR0917
    tenant: str,
    subject: str | None,
    day: str | None,
    request_ref: str,
    basis: str,
    by: str,
    config: Path | None,
) -> None:
    """Make all that is kept of a person unreadable, for ever.

    Destroys the person's key, records it in the log, and removes the ciphertexts. The log still
    verifies. Where the same request was carried out before, the command says so and does nothing.
    A legal hold that covers any of it forbids it. Copies of the key store in backups are not
    erased: let them expire soon.

    Exit codes: 0 erased, 1 forbidden or failed, 3 nothing is kept of the person.
    """
    from gateway.audit.vault.erasure import Erasure
    from gateway.audit.vault.faults import NoKey
    from gateway.audit.vault.holder import Holder
    from gateway.server.evidence import existing_vault

    if bool(subject) == bool(day):
        raise click.UsageError("give either --subject or --day")
    holder = Holder("subject", tenant, subject) if subject else Holder("day", tenant, day or "")
    with complaints():
        settings = settings_of(config)
        vault = existing_vault(settings)
        with ledger(settings) as log:
            erasure = Erasure(vault, log)
            for told in erasure.recover():
                say(told)
            try:
                done = erasure.erase(holder, actor(by), request=request_ref, basis=basis)
            except NoKey as nothing:
                fail(str(nothing), NOTHING)
            except OSError as error:
                fail(f"{error.strerror}: run this again; it finishes or undoes what was begun", FAILED)
    key, count = done.record["key"], done.record["contents"]
    if done.repeated:
        where = "not yet in the tree" if done.index is None else f"entry {done.index}"
        click.echo(f"request {request_ref} was carried out before: key {key}, {count} bodies ({where})")
    else:
        click.echo(f"erased: key {key}, {count} bodies; request {request_ref} is on record")
