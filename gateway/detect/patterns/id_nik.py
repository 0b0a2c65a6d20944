"""Indonesian identity numbers, NIK (region and date of birth)."""

from stdnum.id import nik

from gateway.detect.recogniser import Recogniser, number

ID_NIK = Recogniser(
    label="id_nik",
    category="pii",
    context=r"nik|ktp|nomor induk",
    forms=(number(r"\d{16}", nik.is_valid),),
)
