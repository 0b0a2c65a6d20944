"""Brazilian taxpayer numbers of companies, CNPJ (two mod 11 digits; letters from 2026)."""

from stdnum.br import cnpj

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

BR_CNPJ = Recogniser(
    label="br_cnpj",
    category="pii",
    context=r"cnpj|cadastro nacional",
    forms=(
        number(
            r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-\d{2}",
            cnpj.is_valid,
            near=PROVEN,
            alone=STRONG,
            numeric=False,
        ),
        number(r"\d{14}", cnpj.is_valid, near=PROVEN),
    ),
)
