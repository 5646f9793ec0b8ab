using System.ComponentModel.DataAnnotations;

namespace Personalization.Features;

/// <summary>Which tables of the shop's databases are followed, and what becomes of their rows; section <c>Personalization:Features:ChangeCapture</c>.</summary>
public sealed class ChangeCaptureOptions
{
    public const string Section = FeaturesOptions.Section + ":ChangeCapture";

    /// <summary>The tables, none by default. The first that fits a change is taken; a change of a table that none fits is refused.</summary>
    public IList<CapturedTableOptions> Tables { get; } = [];

    /// <summary>Name of the source that the events of traits come from, default <c>change-capture</c>.</summary>
    public string Source { get; set; } = "change-capture";

    /// <summary>
    /// Secrets of Debezium Server's HTTP sink, none by default: <c>whsec_</c> and 24 to 64 bytes in base64. A request that is signed with one of
    /// them (Standard Webhooks) needs no server key, which that sink has no way to send.
    /// </summary>
    public IList<string> WebhookSecrets { get; } = [];

    /// <summary>Bytes of one request, decompressed, default 8 MiB: some 5,000 envelopes without schema.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Tables whose positions are kept, told apart by server, database, schema and name, default 256: a shop captures a dozen. Changes of
    /// later ones are refused.
    /// </summary>
    [Range(1, 4_096)]
    public int MaxTables { get; set; } = 256;
}

/// <summary>What becomes of the rows of a table.</summary>
public sealed class CapturedTableOptions
{
    /// <summary>
    /// The table's name with as much in front of it as tells it from others: <c>products</c>, <c>public.products</c>,
    /// <c>inventory.public.products</c>, or Debezium's name of the topic. <c>*</c> and <c>?</c> stand for any letters of a part.
    /// </summary>
    public string Table { get; set; } = "";

    /// <summary><c>Catalog</c>: a row is an item. <c>Stock</c>: a row is the stock, and perhaps the price, of an item. <c>Traits</c>: a row is a customer.</summary>
    public string To { get; set; } = "";

    /// <summary>Column of the item's id, or of the customer's user id. Of a document a path: <c>_id</c>, <c>article.number</c>.</summary>
    public string Key { get; set; } = "";

    /// <summary>
    /// Fields and the columns that fill them. Catalog: <c>name</c>, <c>category</c>, <c>brand</c>, <c>price</c>, <c>stock</c>, <c>url</c>, <c>imageUrl</c>,
    /// <c>attributes</c> (a column of JSON) or single ones as <c>attributes.colour</c>. Stock: <c>stock</c>, <c>price</c>. Traits: any name.
    /// </summary>
    public IDictionary<string, string> Fields { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
