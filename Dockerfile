# One image for the server and the runtime; compose.yaml says which of them a container is.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/intheloop
WORKDIR /src
COPY constraints.txt .
RUN /opt/build/bin/pip install --no-cache-dir --constraint constraints.txt uv
COPY . .
# What else notebooks import: --build-arg PACKAGES="pandas matplotlib".
ARG PACKAGES=
RUN /opt/build/bin/uv pip install --no-cache --python /opt/intheloop/bin/python \
  --constraint constraints.txt --build-constraint constraints.txt --compile-bytecode . ${PACKAGES}

FROM ${BASE}
# A fresh volume takes over these folders with their owner; see compose.yaml.
RUN useradd --create-home --home-dir /opt/loop --comment Owner --uid 1000 loop \
  && install --directory --owner loop --group loop --mode 700 \
  /data /data/runtime /data/undelivered /data/work
COPY --from=build /opt/intheloop /opt/intheloop
ENV PATH=/opt/intheloop/bin:${PATH} INTHELOOP_DATA=/data
USER loop
WORKDIR /opt/loop
EXPOSE 8765
ENTRYPOINT ["intheloop"]
CMD ["serve", "--host", "0.0.0.0", "--no-browser"]
