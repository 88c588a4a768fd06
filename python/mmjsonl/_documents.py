"""The documents that the program prints with --json.

Written by go test ./internal/command -run TestSchemas -update: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._base import Document


@dataclass(frozen=True)
class File(Document):
    """File is the output."""

    name: str
    bytes: int
    pieces: Optional[int] = None  # frames or members of a compressed file that was joined, each of a shard; missing if it is one
    sha256: Optional[str] = None  # missing if the run was told not to compute it, and of a shard that is not the first
    xxh3: Optional[str] = None  # of a shard: 128 bits, by which damage is noticed


@dataclass(frozen=True)
class Images(Document):
    """Images is the set of generated images."""

    count: int
    crc32s_sha256: str  # SHA256 is of the CRC-32 that each image carries of its pixels, four bytes each, highest first, in the images' order.


@dataclass(frozen=True)
class URLs(Document):
    """URLs is the choice of URLs."""

    source: str
    available: int
    chosen_sha256: str  # SHA256 is of the URLs chosen, a line each, in the images' order.


@dataclass(frozen=True)
class Use(Document):
    """Use is how often an image is used."""

    image: int  # its number, in the order of first use for inspected files
    uses: int
    name: Optional[str] = None  # what rows call it, shortened; not known to the Watcher


@dataclass(frozen=True)
class Popularity(Document):
    """Popularity tells how unevenly images are used."""

    top: list[Use]  # the ten most used, most used first
    top_1_percent: float  # share of all slots that the most used 1 % of the images take, at least one image
    top_10_percent: float  # likewise 10 %
    gini: float  # 0: all images are used equally often; towards 1: a few take all


@dataclass(frozen=True)
class AgeClass(Document):
    """AgeClass counts reuses whose image was last used From to To requests earlier; 0 is the same request."""

    from_: int
    to: int
    uses: int


@dataclass(frozen=True)
class Typical(Document):
    """Typical is what an LRU cache hits by request when the stream is replayed in orders that a client with several requests in flight may cause."""

    replays: int
    hits: int  # in the middle one
    low_hits: int  # one tenth of them hit less than this
    high_hits: int  # one tenth of them hit more than this


@dataclass(frozen=True)
class Point(Document):
    """Point is an LRU cache of a capacity in images: how many references it hits."""

    capacity: int
    hits_by_request: int  # all images of a request looked up, then all stored
    hits_by_reference: int  # one image looked up and stored after the other
    hit_rate: float  # HitsByRequest ÷ slots
    requests_all_hit: int  # Requests whose images all hit, by request, and their share of the requests with images.
    request_hit_rate: float
    least_hits: int  # The least and the most hits by request that are possible when requests overtake each other as far as Concurrency lets them; both are HitsByRequest at a concurrency of 1.
    most_hits: int
    typical: Optional[Typical] = None  # Typical is known of inspected files that are sent with several requests in flight, for Capacities.
    measured_hits: Optional[int] = None  # MeasuredHits are the hits by request behind the warm-up, of Figures.MeasuredSlots; 0 without a warm-up, and in Replicas and Curve.


@dataclass(frozen=True)
class BytePoint(Document):
    """BytePoint is an LRU cache of a capacity in bytes, whose images differ in what they take: how many references it hits. It drops the oldest images until there is room for the next one."""

    capacity_bytes: int
    hits_by_request: int  # all images of a request looked up, then all stored
    hits_by_reference: int  # one image looked up and stored after the other
    hit_rate: float  # HitsByRequest ÷ slots
    requests_all_hit: int  # Requests whose images all hit, by request, and their share of the requests with images.
    request_hit_rate: float
    measured_hits: Optional[int] = None  # the hits by request behind the warm-up; 0 without one


@dataclass(frozen=True)
class Need(Document):
    """Need is the least LRU cache that hits a part of what a cache without limit hits, by request."""

    percent_of_possible_hits: int
    hits_by_request: int  # at least
    hit_rate: float  # Hits ÷ slots
    capacity: int  # in images


@dataclass(frozen=True)
class Replica(Document):
    """Replica is what one of several servers sees."""

    requests: int
    image_slots: int
    distinct_images: int
    reuse_rate: float
    capacities: list[Point]  # as Figures.Capacities


@dataclass(frozen=True)
class Figures(Document):
    """Figures are what a stream of requests does to a cache of images. Marshalled with encoding/json they are the document that `mmjsonl inspect --json` prints; names do not change once released."""

    requests: int
    image_slots: int
    distinct_images: int
    duplicate_references: int  # references that are not their image's first
    duplicates_within_requests: int  # of these, repeats of an image in the same request
    reuse_rate: float  # duplicates ÷ slots: what a cache without limit hits by reference
    most_images_in_a_request: int  # the largest request
    requests_without_images: int
    popularity: Popularity
    reuse_ages: list[AgeClass]  # how old a reuse is; classes without reuses left out
    hit_curve: list[Point]  # exact LRU hits at a selection of capacities, ascending, up to Distinct
    hit_curve_fixed: list[Point]  # the same at capacities that are the same for every file
    capacities: list[Point]  # at the requested capacities, in the order requested
    needed_capacities: list[Need]  # what parts of the possible hits need, ascending; empty if nothing can hit
    concurrency: int  # requests in flight that the ranges of Points are for
    warm_up_requests: Optional[int] = None  # requests in front that are not measured; 0 if all are
    measured_image_slots: Optional[int] = None  # slots behind the warm-up; 0 without one
    capacities_in_bytes: Optional[list[BytePoint]] = None  # at the requested capacities in bytes, in the order requested
    replicas: Optional[list[Replica]] = None  # what each of several servers sees behind a round robin


@dataclass(frozen=True)
class Shard(Document):
    """Shard is what the manifest of a part says beside what it was made from, which is the same for all parts. Figures are those of all rows."""

    index: int
    count: int
    output: str  # name of the file that all parts make together
    url_repeats: Optional[int] = None  # URLRepeats is [generator.URLSource.Repeats].
    url_length: Optional[int] = None  # Reference is the usual length of a reference to an image that rows name by a URL of a list.
    images_from_digest: Optional[str] = None  # Folder is a digest of the names and lengths of a person's own images, of which the rows show some.
    sha256_state: Optional[str] = None  # SHA256State is, of the first part, where the SHA-256 of all parts goes on: as Go's crypto/sha256 writes its state.
    image_crc32s: Optional[str] = None  # Checksums are those of the images that this part is the one to make. Of each: how far its number is from the one before, as a varint (encoding/binary), the first from -1; and its CRC-32, highest byte first.


@dataclass(frozen=True)
class Manifest(Document):
    """What a file was made from, and what came out: the manifest beside it, and what mmjsonl and mmjsonl regenerate print with --json"""

    format: int
    mmjsonl: str  # of the program
    inputs: dict[str, str]  # by name: what decides the bytes, with the seed that was drawn
    file: File
    figures: Figures
    images: Optional[Images] = None  # generated images
    urls: Optional[URLs] = None  # images of others
    tokenizer_sha256: Optional[str] = None  # Tokenizer is the SHA-256 of the tokenizer.json that the words were chosen by.
    shard: Optional[Shard] = None  # of a file that is a part


@dataclass(frozen=True)
class ForecastFile(Document):
    """ForecastFile."""

    path: str
    about_bytes: int


@dataclass(frozen=True)
class ForecastImages(Document):
    """ForecastImages."""

    folder: str
    count: int
    about_bytes: int


@dataclass(frozen=True)
class ForecastClient(Document):
    """ForecastClient."""

    about_seconds: float
    about_bytes: int


@dataclass(frozen=True)
class Plan(Document):
    """What mmjsonl --dry-run --json prints"""

    dry_run: bool
    mmjsonl: str
    inputs: dict[str, str]
    file: ForecastFile
    client: ForecastClient
    warnings: list[str]
    figures: Figures
    images: Optional[ForecastImages] = None


@dataclass(frozen=True)
class Capacity(Document):
    """Capacity is a cache as documents have it, under the name "server" of `mmjsonl inspect --json` and all of `mmjsonl capacity --json`. Names do not change once released."""

    server: str
    cache: str
    policy: str
    key: str
    counters: list[str]
    notes: list[str]
    cache_bytes: Optional[int] = None
    cache_tokens: Optional[int] = None  # of a cache that counts tokens, or of the one in front
    bytes_per_image: Optional[int] = None  # where all images take the same
    tokens_per_image: Optional[int] = None  # likewise, of a cache that counts tokens
    capacity_images: Optional[int] = None  # likewise
    capacity_images_in_front: Optional[int] = None
    setting: Optional[str] = None
    multiplied: Optional[str] = None
    in_front: Optional[str] = None


@dataclass(frozen=True)
class BadRow(Document):
    """BadRow is a line that cannot be sent."""

    line: int  # counted from 1
    reason: str  # a user's text stands in it quoted
    refused_by: str  # "client" does not read it, no "server" takes it, or it is beyond a bound of "mmjsonl"


@dataclass(frozen=True)
class Shared(Document):
    """Shared is what a prefix (KV) cache without limit hits that sees the texts alone."""

    block_tokens: int  # the cache hits complete blocks of so many tokens, counted from a text's beginning
    hit_tokens: int  # that an earlier request began with
    hit_rate: float  # of all tokens
    requests: int  # that begin with a block which an earlier request began with
    bounded: bool  # there are too many blocks to be held: the hits are at least these


@dataclass(frozen=True)
class Tokens(Document):
    """Tokens are the tokens of the rows' texts. Each text of a request is counted by itself, without what a server's chat template puts around it and without images; in a conversation that grows, without the turns before."""

    tokenizer: str  # SHA-256 of the tokenizer.json
    requests: int  # that were counted; those without text among them
    too_long: int  # requests whose texts are longer than is read; they are left out
    total: int
    least: int
    mean: float
    p50: int
    p99: int
    most: int
    shared_prefixes: Shared


@dataclass(frozen=True)
class UnreadKey(Document):
    """UnreadKey is a key that the client does not read."""

    key: str
    rows: int  # that have it
    content: bool  # it looks as if it held text or images


@dataclass(frozen=True)
class Order(Document):
    """Order is the order in which requests were taken."""

    by: str  # "file", "sessions" or "timestamps"
    words: str  # the same as a sentence, with the reason
    rows: int  # good ones of the file
    requests: int  # that were taken, with the warm-up
    warm_up: Optional[int] = None  # of these
    notes: Optional[list[str]] = None  # what else the client has to be told, or does by itself


@dataclass(frozen=True)
class ReferenceKinds(Document):
    """ReferenceKinds counts slots by what rows call their images."""

    path: int
    http: int  # or https
    data_uri: int
    other_url: int
    uuid: int  # whatever the image's string is; these are the same image if the uuid is


@dataclass(frozen=True)
class ImageSize(Document):
    """ImageSize counts images of a size in pixels."""

    width: int
    height: int
    images: int
    slots: int  # of the rows, that show one of them


@dataclass(frozen=True)
class ImageSizes(Document):
    """ImageSizes are the sizes of images that are local PNG or JPEG files or data URIs."""

    looked_at: int
    unreadable: int  # of these, what is neither PNG nor JPEG, and what the client opens otherwise
    sizes: list[ImageSize]  # of the others, the most frequent first
    first_unreadable: Optional[str] = None  # the first's name


@dataclass(frozen=True)
class FileStats(Document):
    """FileStats counts the local files that rows name, each once."""

    looked_for: int
    missing: int  # of these
    refused: int  # of these, others that the client does not open
    not_looked_for: Optional[int] = None  # as they are outside of the folders that may be read
    first: Optional[list[str]] = None  # the first ten that are missing or refused, and why


@dataclass(frozen=True)
class Other(Document):
    """Other is what a cache sees that tells images apart in another way."""

    identity: str  # "uuid", "content" or "url"
    distinct_images: int
    duplicate_references: int
    reuse_rate: float
    capacities: list[Point]


@dataclass(frozen=True)
class NeededSize(Document):
    """Need is a size of the cache that hits a part of what one that holds all images hits."""

    percent_of_possible_hits: int
    hits: int  # of this size
    hit_rate: float
    cache_bytes: Optional[int] = None
    cache_tokens: Optional[int] = None  # of a cache that counts tokens


@dataclass(frozen=True)
class Replayed(Document):
    """Replayed is what a cache does with the requests of a file. It is the field "server" of a file in the document of `mmjsonl inspect --json`."""

    hits: int
    hit_rate: float  # hits ÷ image slots
    requests_all_hit: int
    request_hit_rate: float  # these ÷ requests with images
    counters: dict[str, int]  # Counters are by how much the server's counters rise, by their names without _total.
    needed_sizes: list[NeededSize]  # Needed are sizes that hit parts of what is possible, ascending; none if nothing can hit, or if there are too many requests to find out.
    hits_in_front: Optional[int] = None  # of the hits, those of the cache in front
    failed_requests: Optional[int] = None  # the cache is too small for them
    capacity_images: Optional[int] = None  # Images is how many the cache holds, where all of the file take the same.
    least_bytes_per_image: Optional[int] = None  # What the images take, where that could be told.
    most_bytes_per_image: Optional[int] = None
    least_tokens_per_image: Optional[int] = None
    most_tokens_per_image: Optional[int] = None


@dataclass(frozen=True)
class InspectedFile(Document):
    """InspectedFile."""

    file: str  # as it was given; "-" is standard input
    compression: str  # "none", "gzip" or "zstd", told by the content
    kind: str  # of the rows: single_turn, multi_turn, raw_payload, mooncake_trace, batch or custom_image
    send_with: str  # how a file of the kind is sent
    lines: int  # with bad and blank ones
    bad_row_count: int  # rows that cannot be sent; they are left out of all other figures
    bad_rows: list[BadRow]  # the first ten
    rows_without_text: int
    sessions: int  # different session_ids that are not empty, and conversations of several turns
    order: Order
    reference_kinds: ReferenceKinds  # of the rows, each counted once
    image_sizes: ImageSizes
    local_files: FileStats
    requests: int
    image_slots: int
    distinct_images: int
    duplicate_references: int  # references that are not their image's first
    duplicates_within_requests: int  # of these, repeats of an image in the same request
    reuse_rate: float  # duplicates ÷ slots: what a cache without limit hits by reference
    most_images_in_a_request: int  # the largest request
    requests_without_images: int
    popularity: Popularity
    reuse_ages: list[AgeClass]  # how old a reuse is; classes without reuses left out
    hit_curve: list[Point]  # exact LRU hits at a selection of capacities, ascending, up to Distinct
    hit_curve_fixed: list[Point]  # the same at capacities that are the same for every file
    capacities: list[Point]  # at the requested capacities, in the order requested
    needed_capacities: list[Need]  # what parts of the possible hits need, ascending; empty if nothing can hit
    concurrency: int  # requests in flight that the ranges of Points are for
    missing_files_counted: Optional[bool] = None  # MissingCounted says that rows whose local files are missing are bad and still counted, as none of the first files exists here.
    text_tokens: Optional[Tokens] = None  # of the texts, if they were to be counted
    unread_keys: Optional[list[UnreadKey]] = None  # keys of rows that the client does not read
    other_identities: Optional[list[Other]] = None  # figures of caches that tell images apart otherwise, if they differ
    warm_up_requests: Optional[int] = None  # requests in front that are not measured; 0 if all are
    measured_image_slots: Optional[int] = None  # slots behind the warm-up; 0 without one
    capacities_in_bytes: Optional[list[BytePoint]] = None  # at the requested capacities in bytes, in the order requested
    replicas: Optional[list[Replica]] = None  # what each of several servers sees behind a round robin
    server: Optional[Replayed] = None


@dataclass(frozen=True)
class Inspect(Document):
    """What mmjsonl inspect --json prints"""

    files: list[InspectedFile]
    server: Optional[Capacity] = None


@dataclass(frozen=True)
class MeasuredPoint(Document):
    """Point is a hit rate that was requested when the file was made."""

    rate: str  # as it was requested
    capacity_images: int  # 0 if it is in bytes, as images differ
    capacity_bytes: Optional[int] = None  # 0 if it is in images


@dataclass(frozen=True)
class MeasuredSpread(Document):
    """Spread is what replays in several orders hit."""

    replays: int
    low_hits: int
    high_hits: int


@dataclass(frozen=True)
class MeasuredCounted(Document):
    """Counted is what the counters of one cache say."""

    hits: int
    lookups: int  # that were counted; hits and misses
    hit_rate: float
    counters: dict[str, int]  # by how much each rose, by its name without _total
    from_gauge: Optional[bool] = None


@dataclass(frozen=True)
class MeasuredLatency(Document):
    """Latency is a distribution of times in milliseconds."""

    mean_ms: float
    measured_by: str  # "client" or "server"
    p99_ms: Optional[float] = None


@dataclass(frozen=True)
class MeasuredCurvePoint(Document):
    """CurvePoint is what an LRU cache hits by request in the measured requests."""

    capacity_images: int
    hits: int


@dataclass(frozen=True)
class ComparedRun(Document):
    """ComparedRun."""

    run: str
    file: str
    verdict: str
    requested: list[MeasuredPoint]
    requests: int  # that were measured
    image_slots: int
    distinct_images: int
    concurrency: int
    order: str  # "sent", or "file" where the order of sending is not known
    capacity_images: int  # Capacity is the size of the cache that the prediction is for: stated, requested, or the file's images.
    capacity_stated: bool
    predicted_hits_file_order: int
    predicted_hits: int  # as sent, or in the file's order where that is all there is
    predicted_hit_rate: float
    unlimited_hits: int
    tolerance_hits: int
    faults: list[str]  # why nothing can be told, if so
    notes: list[str]
    curve: list[MeasuredCurvePoint]  # hits of LRU caches, as sent
    verdict_words: str
    client: Optional[str] = None
    server: Optional[str] = None  # name of the cache that counted
    cache: Optional[str] = None
    warm_up_requests: Optional[int] = None
    image_slots_of_failed_requests: Optional[int] = None
    capacity_bytes: Optional[int] = None
    predicted_hits_as_sent: Optional[int] = None
    predicted_in_other_orders: Optional[MeasuredSpread] = None
    counted: Optional[MeasuredCounted] = None
    difference_hits: Optional[int] = None
    implied_capacity_images: Optional[int] = None
    implied_capacity_images_most: Optional[int] = None  # missing where larger caches hit the same
    implied_capacity_bytes: Optional[int] = None
    implied_hits: Optional[int] = None  # what that capacity hits: the counted hits, or the nearest number
    copies: Optional[int] = None  # of the cache of capacity_images, with which the counted hits agree too
    prefix_cache_hit_rate: Optional[float] = None
    time_to_first_token: Optional[MeasuredLatency] = None
    requests_per_second: Optional[float] = None
    like_a_second_run: Optional[bool] = None  # the counted hits are those of the file's being sent again
    advice: Optional[str] = None


@dataclass(frozen=True)
class Compare(Document):
    """What mmjsonl compare --json prints"""

    runs: list[ComparedRun]
    server: Optional[Capacity] = None


@dataclass(frozen=True)
class Version(Document):
    """What mmjsonl version --json prints"""

    mmjsonl: str
    go: str
    system: str
    manifest: int
