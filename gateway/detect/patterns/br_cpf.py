"""Brazilian taxpayer numbers of persons, CPF (two mod 11 digits)."""

from stdnum.br import cpf

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

BR_CPF = Recogniser(
    label="br_cpf",
    category="pii",
    context=r"cpf|cadastro de pessoas",
    forms=(
        number(r"\d{3}\.\d{3}\.\d{3}-\d{2}", cpf.is_valid, near=PROVEN, alone=STRONG),
        number(r"\d{11}", cpf.is_valid, near=PROVEN),
    ),
)
