#!/usr/bin/env bash
# Prints the command that runs a Kafka broker, up to its main class: tests add the file of settings.
#
# Apache Kafka comes from its artefacts in Maven Central (27 MB into .cache/kafka, checked by their
# SHA-256); a Java that is not installed is unpacked from its Debian package. Exit 1 if either is not
# to be had. Maven fetches them, from wherever it is set up to.
set -euo pipefail
cd "$(dirname "$0")/.."

jars=.cache/kafka

# What a broker needs in KRaft mode without compression: group, artefact, version, SHA-256.
artefacts() {
    cat <<'LIST'
com.fasterxml.jackson.core jackson-annotations 2.19.0 ead60e9cac0e42b57092b9e2d087ff43536e9477d4486ba393037a8cc156cda7
com.fasterxml.jackson.core jackson-core 2.19.0 da8e859bac94874528116a25f20c68560e4287acbf27628711b8a4f96b028430
com.fasterxml.jackson.core jackson-databind 2.19.0 ceda311f476c3b18e1d2b240c94e2dcb9c8d44e70f8afa9facab88bac4ddc03a
com.fasterxml.jackson.datatype jackson-datatype-jdk8 2.19.0 04f1a3f9da8155995dd00098d6847cdb9b7af67f4a3028c94031eff017c8e3e5
com.github.ben-manes.caffeine caffeine 3.2.0 ec411dfdf0c03f25218648ce89861630b71680e5858a9a7278ebac8e55cab3d7
com.google.re2j re2j 1.8 7b52c72156dd7f98b3237a5b35c1d34fba381b21048c89208913ad80a45dfbd7
com.typesafe.scala-logging scala-logging_2.13 3.9.5 87a3017d3f43e6ace7566fe4c3d615134c6914ff871c8d64bb32ca1d996d0545
com.yammer.metrics metrics-core 2.2.0 6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c
commons-validator commons-validator 1.9.0 c3c14748e2d78db58df88808740711bd643b32c45ffa7b8a739f00fb467cd7d7
net.sf.jopt-simple jopt-simple 5.0.4 df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28
net.sourceforge.argparse4j argparse4j 0.7.0 65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56
org.apache.kafka kafka-clients 4.1.1 00247122a572c3d3ae4eb60a50192a5811bc0181f51923d13018600f892e821d
org.apache.kafka kafka-coordinator-common 4.1.1 2072fc1ce7e0505149bba22a463a5909a899c6235c4fa696f15c21194a7baf60
org.apache.kafka kafka-group-coordinator 4.1.1 3eb5a673b69d5992cfa86c5436f39adbf4ce284046a4c999ec6af0a8e31c5589
org.apache.kafka kafka-group-coordinator-api 4.1.1 3d1801d2329dcf7d273796a034d61e6c7e0f851f384d0afbdd3a2e6cbd17a968
org.apache.kafka kafka-metadata 4.1.1 a689665751415b6456de1ecb013042cb7ba99ac68fd8c3e8bf28e098feb43218
org.apache.kafka kafka-raft 4.1.1 4810c93d93d1935dd54de61c5ba130f501c7fe11bc49ccd3ee05ec857818a72a
org.apache.kafka kafka-server 4.1.1 9f6aff422855491aad54326eca8d604163d6d3a6507cc48ffe3ce6de73caf79a
org.apache.kafka kafka-server-common 4.1.1 207edecd8322cf6c13d76d84addea7fd0ec441dc8d698cf69df43210ccdc0a94
org.apache.kafka kafka-share-coordinator 4.1.1 e6bec53428c77bf6579321836d482542a93575f7c08e860a26c9f2c7f6059dac
org.apache.kafka kafka-storage 4.1.1 1f85b82853eaec0143efbef7e3a4d4be8929ff83a386326431e0c2d0a557e58c
org.apache.kafka kafka-storage-api 4.1.1 8c0a712472185d706c6bf5ae24bf5d84a8e396fd4745c708e6146a415f7fa7f7
org.apache.kafka kafka-tools-api 4.1.1 542b08fe20cf872a2d866acdff61ea338b469219dc2ebfae727a1d9ea5737e1a
org.apache.kafka kafka-transaction-coordinator 4.1.1 a261b5730ac9e3205df7af5d45180d851e9d5f729ce1275c67511a6f51f73755
org.apache.kafka kafka_2.13 4.1.1 e89428126cc7630a802123ba27aac4442816840b66d60670226feaff65f24fd1
org.apache.logging.log4j log4j-api 2.24.3 5b4a0a0cd0e751ded431c162442bdbdd53328d1f8bb2bae5fc1bbeee0f66d80f
org.apache.logging.log4j log4j-core 2.24.3 7eb4084596ae25bd3c61698e48e8d0ab65a9260758884ed5cbb9c6e55c44a56a
org.bitbucket.b_c jose4j 0.9.6 7314af50cde9c99e8eaf43eee617a23edcc6bb43036221064355094999d837ef
org.hdrhistogram HdrHistogram 2.2.2 22d1d4316c4ec13a68b559e98c8256d69071593731da96136640f864fa14fad8
org.pcollections pcollections 4.0.2 2bbeef5797a241300c4f7513cd546239629ed7deda4fc0c31df90bb95f5f13ef
org.scala-lang scala-library 2.13.16 1ebb2b6f9e4eb4022497c19b1e1e825019c08514f962aaac197145f88ed730f1
org.slf4j slf4j-api 1.7.36 d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0
org.slf4j slf4j-simple 1.7.36 2f39bed943d624dfa8f4102d0571283a10870b6aa36f197a8a506f147010c10f
LIST
}

is_whole() { echo "$2  $1" | sha256sum --check --status 2>/dev/null; }

are_whole() {
    local artefact version sum
    while read -r _ artefact version sum; do
        is_whole "$jars/$artefact-$version.jar" "$sum" || return 1
    done < <(artefacts)
}

# A project for Maven that needs just these artefacts.
project() {
    local group artefact version
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>logagent</groupId>'
    echo '<artifactId>broker</artifactId><version>1</version><dependencies>'
    while read -r group artefact version _; do
        echo "<dependency><groupId>$group</groupId><artifactId>$artefact</artifactId><version>$version</version>"
        echo '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>'
    done < <(artefacts)
    echo '</dependencies></project>'
}

# Fetches what is missing. Tests of several checkouts may do so at the same time.
fetch() {
    local work
    are_whole && return
    if ! command -v mvn >/dev/null && ! apt-get install -q -y --no-install-recommends maven >/dev/null 2>&1; then
        echo "kafka: needs Maven (Debian: maven)" >&2
        return 1
    fi
    mkdir -p "$jars"
    work=$(mktemp -d -p "$PWD/$jars")
    project >"$work/pom.xml"
    mvn --quiet --batch-mode --file "$work/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$work/jars" >&2 && mv -f "$work/jars"/*.jar "$jars"
    rm -rf "$work"
    are_whole || { echo "kafka: an artefact is missing, or not the one that is expected" >&2 && return 1; }
}

java=$(scripts/find-program.sh java)
fetch
printf '%s\n' "$java" -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$PWD/$jars/*" kafka.Kafka
