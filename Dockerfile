# An image in which jobs find ima: nothing is installed when an event comes.
#   docker build -t ima .    and then the variable IMA_IMAGE names it (docs/gitlab.md, docs/github.md)
# What is in it: /opt/ima/sbom.json (CycloneDX).
ARG PYTHON=3.11-slim

FROM python:${PYTHON} AS built
RUN python -m venv /opt/ima
COPY requirements.lock /src/
RUN /opt/ima/bin/pip install --quiet --no-cache-dir --require-hashes -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md policy.yml /src/
COPY .ci/version.py .ci/sbom /src/.ci/
COPY base /src/base
COPY templates /src/templates
COPY tests/scenarios /src/tests/scenarios
COPY automation /src/automation
RUN /opt/ima/bin/pip install --quiet --no-cache-dir --no-deps --no-build-isolation /src
RUN /opt/ima/bin/python /src/.ci/sbom >/opt/ima/sbom.json

FROM python:${PYTHON}
COPY --from=built /opt/ima /opt/ima
ENV PATH=/opt/ima/bin:$PATH IMA_INSTALLED=yes
RUN useradd --create-home ima
USER ima
WORKDIR /home/ima
CMD ["ima", "--help"]
