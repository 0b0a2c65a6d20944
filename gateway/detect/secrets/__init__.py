"""Credentials. This listing is the feature list."""

from gateway.detect.recogniser import Recogniser
from gateway.detect.secrets.age_key import AGE_KEY
from gateway.detect.secrets.airtable import AIRTABLE
from gateway.detect.secrets.anthropic import ANTHROPIC
from gateway.detect.secrets.assignment import ASSIGNMENT
from gateway.detect.secrets.atlassian import ATLASSIAN
from gateway.detect.secrets.aws_access_key import AWS_ACCESS_KEY
from gateway.detect.secrets.aws_secret_key import AWS_SECRET_KEY
from gateway.detect.secrets.azure_client_secret import AZURE_CLIENT_SECRET
from gateway.detect.secrets.azure_sas import AZURE_SAS
from gateway.detect.secrets.azure_storage import AZURE_STORAGE
from gateway.detect.secrets.cloudflare import CLOUDFLARE
from gateway.detect.secrets.databricks import DATABRICKS
from gateway.detect.secrets.digitalocean import DIGITALOCEAN
from gateway.detect.secrets.discord import DISCORD
from gateway.detect.secrets.docker import DOCKER
from gateway.detect.secrets.doppler import DOPPLER
from gateway.detect.secrets.dropbox import DROPBOX
from gateway.detect.secrets.figma import FIGMA
from gateway.detect.secrets.gcp_api_key import GCP_API_KEY
from gateway.detect.secrets.gcp_oauth import GCP_OAUTH
from gateway.detect.secrets.gcp_service_account import GCP_SERVICE_ACCOUNT
from gateway.detect.secrets.github import GITHUB
from gateway.detect.secrets.gitlab import GITLAB
from gateway.detect.secrets.grafana import GRAFANA
from gateway.detect.secrets.groq import GROQ
from gateway.detect.secrets.heroku import HEROKU
from gateway.detect.secrets.high_entropy import HIGH_ENTROPY
from gateway.detect.secrets.huggingface import HUGGINGFACE
from gateway.detect.secrets.json_web_token import JSON_WEB_TOKEN
from gateway.detect.secrets.linear import LINEAR
from gateway.detect.secrets.mailchimp import MAILCHIMP
from gateway.detect.secrets.mailgun import MAILGUN
from gateway.detect.secrets.newrelic import NEWRELIC
from gateway.detect.secrets.notion import NOTION
from gateway.detect.secrets.npm import NPM
from gateway.detect.secrets.nvidia import NVIDIA
from gateway.detect.secrets.openai import OPENAI
from gateway.detect.secrets.openrouter import OPENROUTER
from gateway.detect.secrets.perplexity import PERPLEXITY
from gateway.detect.secrets.planetscale import PLANETSCALE
from gateway.detect.secrets.postman import POSTMAN
from gateway.detect.secrets.private_key import PRIVATE_KEY
from gateway.detect.secrets.pulumi import PULUMI
from gateway.detect.secrets.pypi import PYPI
from gateway.detect.secrets.replicate import REPLICATE
from gateway.detect.secrets.rubygems import RUBYGEMS
from gateway.detect.secrets.sendgrid import SENDGRID
from gateway.detect.secrets.sentry import SENTRY
from gateway.detect.secrets.shopify import SHOPIFY
from gateway.detect.secrets.slack import SLACK
from gateway.detect.secrets.slack_webhook import SLACK_WEBHOOK
from gateway.detect.secrets.square import SQUARE
from gateway.detect.secrets.stripe import STRIPE
from gateway.detect.secrets.supabase import SUPABASE
from gateway.detect.secrets.teams_webhook import TEAMS_WEBHOOK
from gateway.detect.secrets.telegram import TELEGRAM
from gateway.detect.secrets.terraform import TERRAFORM
from gateway.detect.secrets.twilio import TWILIO
from gateway.detect.secrets.url_credentials import URL_CREDENTIALS
from gateway.detect.secrets.vault import VAULT
from gateway.detect.secrets.wandb import WANDB
from gateway.detect.secrets.xai import XAI

SECRETS: tuple[Recogniser, ...] = (
    AGE_KEY,
    AIRTABLE,
    ANTHROPIC,
    ASSIGNMENT,
    ATLASSIAN,
    AWS_ACCESS_KEY,
    AWS_SECRET_KEY,
    AZURE_CLIENT_SECRET,
    AZURE_SAS,
    AZURE_STORAGE,
    CLOUDFLARE,
    DATABRICKS,
    DIGITALOCEAN,
    DISCORD,
    DOCKER,
    DOPPLER,
    DROPBOX,
    FIGMA,
    GCP_API_KEY,
    GCP_OAUTH,
    GCP_SERVICE_ACCOUNT,
    GITHUB,
    GITLAB,
    GRAFANA,
    GROQ,
    HEROKU,
    HIGH_ENTROPY,
    HUGGINGFACE,
    JSON_WEB_TOKEN,
    LINEAR,
    MAILCHIMP,
    MAILGUN,
    NEWRELIC,
    NOTION,
    NPM,
    NVIDIA,
    OPENAI,
    OPENROUTER,
    PERPLEXITY,
    PLANETSCALE,
    POSTMAN,
    PRIVATE_KEY,
    PULUMI,
    PYPI,
    REPLICATE,
    RUBYGEMS,
    SENDGRID,
    SENTRY,
    SHOPIFY,
    SLACK,
    SLACK_WEBHOOK,
    SQUARE,
    STRIPE,
    SUPABASE,
    TEAMS_WEBHOOK,
    TELEGRAM,
    TERRAFORM,
    TWILIO,
    URL_CREDENTIALS,
    VAULT,
    WANDB,
    XAI,
)
