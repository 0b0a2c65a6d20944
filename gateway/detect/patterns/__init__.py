"""Personal data that has a shape. This listing is the feature list."""

from gateway.detect.patterns.ar_cuit import AR_CUIT
from gateway.detect.patterns.au_abn import AU_ABN
from gateway.detect.patterns.au_tfn import AU_TFN
from gateway.detect.patterns.bank_account import BANK_ACCOUNT
from gateway.detect.patterns.be_nn import BE_NN
from gateway.detect.patterns.bg_egn import BG_EGN
from gateway.detect.patterns.bic import BIC
from gateway.detect.patterns.br_cnpj import BR_CNPJ
from gateway.detect.patterns.br_cpf import BR_CPF
from gateway.detect.patterns.ca_sin import CA_SIN
from gateway.detect.patterns.card import CARD
from gateway.detect.patterns.card_security_code import CARD_SECURITY_CODE
from gateway.detect.patterns.ch_ahv import CH_AHV
from gateway.detect.patterns.cl_rut import CL_RUT
from gateway.detect.patterns.cn_ric import CN_RIC
from gateway.detect.patterns.crypto_wallet import CRYPTO_WALLET
from gateway.detect.patterns.cz_rc import CZ_RC
from gateway.detect.patterns.date_of_birth import DATE_OF_BIRTH
from gateway.detect.patterns.de_personalausweis import DE_PERSONALAUSWEIS
from gateway.detect.patterns.de_steuer_id import DE_STEUER_ID
from gateway.detect.patterns.de_steuernummer import DE_STEUERNUMMER
from gateway.detect.patterns.dk_cpr import DK_CPR
from gateway.detect.patterns.driver_licence import DRIVER_LICENCE
from gateway.detect.patterns.ee_ik import EE_IK
from gateway.detect.patterns.email import EMAIL
from gateway.detect.patterns.es_dni import ES_DNI
from gateway.detect.patterns.es_nie import ES_NIE
from gateway.detect.patterns.fi_hetu import FI_HETU
from gateway.detect.patterns.fr_nir import FR_NIR
from gateway.detect.patterns.geo_coordinates import GEO_COORDINATES
from gateway.detect.patterns.gr_amka import GR_AMKA
from gateway.detect.patterns.hr_oib import HR_OIB
from gateway.detect.patterns.iban import IBAN
from gateway.detect.patterns.id_nik import ID_NIK
from gateway.detect.patterns.ie_pps import IE_PPS
from gateway.detect.patterns.il_id import IL_ID
from gateway.detect.patterns.imei import IMEI
from gateway.detect.patterns.in_aadhaar import IN_AADHAAR
from gateway.detect.patterns.in_pan import IN_PAN
from gateway.detect.patterns.ip_address import IP_ADDRESS
from gateway.detect.patterns.it_codice_fiscale import IT_CODICE_FISCALE
from gateway.detect.patterns.jp_my_number import JP_MY_NUMBER
from gateway.detect.patterns.kr_rrn import KR_RRN
from gateway.detect.patterns.mac_address import MAC_ADDRESS
from gateway.detect.patterns.medical_record import MEDICAL_RECORD
from gateway.detect.patterns.mx_curp import MX_CURP
from gateway.detect.patterns.my_nric import MY_NRIC
from gateway.detect.patterns.nl_bsn import NL_BSN
from gateway.detect.patterns.no_fodselsnummer import NO_FODSELSNUMMER
from gateway.detect.patterns.nz_ird import NZ_IRD
from gateway.detect.patterns.passport import PASSPORT
from gateway.detect.patterns.passport_mrz import PASSPORT_MRZ
from gateway.detect.patterns.phone import PHONE
from gateway.detect.patterns.pl_pesel import PL_PESEL
from gateway.detect.patterns.pt_nif import PT_NIF
from gateway.detect.patterns.ro_cnp import RO_CNP
from gateway.detect.patterns.se_personnummer import SE_PERSONNUMMER
from gateway.detect.patterns.sg_nric import SG_NRIC
from gateway.detect.patterns.th_pin import TH_PIN
from gateway.detect.patterns.tr_tckn import TR_TCKN
from gateway.detect.patterns.uk_nhs import UK_NHS
from gateway.detect.patterns.uk_nino import UK_NINO
from gateway.detect.patterns.us_ein import US_EIN
from gateway.detect.patterns.us_itin import US_ITIN
from gateway.detect.patterns.us_routing import US_ROUTING
from gateway.detect.patterns.us_ssn import US_SSN
from gateway.detect.patterns.vin import VIN
from gateway.detect.patterns.za_id import ZA_ID
from gateway.detect.recogniser import Recogniser

PATTERNS: tuple[Recogniser, ...] = (
    AR_CUIT,
    AU_ABN,
    AU_TFN,
    BANK_ACCOUNT,
    BE_NN,
    BG_EGN,
    BIC,
    BR_CNPJ,
    BR_CPF,
    CA_SIN,
    CARD,
    CARD_SECURITY_CODE,
    CH_AHV,
    CL_RUT,
    CN_RIC,
    CRYPTO_WALLET,
    CZ_RC,
    DATE_OF_BIRTH,
    DE_PERSONALAUSWEIS,
    DE_STEUER_ID,
    DE_STEUERNUMMER,
    DK_CPR,
    DRIVER_LICENCE,
    EE_IK,
    EMAIL,
    ES_DNI,
    ES_NIE,
    FI_HETU,
    FR_NIR,
    GEO_COORDINATES,
    GR_AMKA,
    HR_OIB,
    IBAN,
    ID_NIK,
    IE_PPS,
    IL_ID,
    IMEI,
    IN_AADHAAR,
    IN_PAN,
    IP_ADDRESS,
    IT_CODICE_FISCALE,
    JP_MY_NUMBER,
    KR_RRN,
    MAC_ADDRESS,
    MEDICAL_RECORD,
    MX_CURP,
    MY_NRIC,
    NL_BSN,
    NO_FODSELSNUMMER,
    NZ_IRD,
    PASSPORT,
    PASSPORT_MRZ,
    PHONE,
    PL_PESEL,
    PT_NIF,
    RO_CNP,
    SE_PERSONNUMMER,
    SG_NRIC,
    TH_PIN,
    TR_TCKN,
    UK_NHS,
    UK_NINO,
    US_EIN,
    US_ITIN,
    US_ROUTING,
    US_SSN,
    VIN,
    ZA_ID,
)
