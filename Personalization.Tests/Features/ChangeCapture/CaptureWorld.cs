using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Endpoints;
using Personalization.Features.Pipeline;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>Change records in, items and calls out: what the endpoint and the sequencer do, by way of the bytes in the log.</summary>
internal sealed class CaptureWorld
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "Personalization.Tests", "Features", "ChangeCapture", "Envelopes");
    private readonly ChangeTranslator _translator;
    private readonly CatalogHandler _handler;

    public CaptureWorld(params CapturedTableOptions[] tables)
    {
        var options = new ChangeCaptureOptions();
        foreach (var table in tables)
        {
            options.Tables.Add(table);
        }

        Positions = new CapturedPositions(maxTables: 3);
        Catalog = Items.Catalog(positions: Positions);
        _translator = new ChangeTranslator(Positions, Catalog, FeatureWorld.Hasher, options);
        _handler = new CatalogHandler(Catalog, new ItemTermHistory(), NullLogger<CatalogHandler>.Instance);
    }

    public Catalog Catalog { get; }

    public CapturedPositions Positions { get; }

    /// <summary>The mapping of most tests.</summary>
    public static CapturedTableOptions Products(string table = "products", string key = "id") => Table(
        table, "Catalog", key, ("name", "title"), ("category", "category"), ("brand", "brand"), ("price", "price"), ("stock", "quantity"), ("url", "link"), ("imageUrl", "image"));

    public static CapturedTableOptions Table(string table, string to, string key, params (string Field, string Column)[] fields)
    {
        var options = new CapturedTableOptions { Table = table, To = to, Key = key };
        foreach (var (field, column) in fields)
        {
            options.Fields.Add(field, column);
        }

        return options;
    }

    /// <summary>An envelope in the form that the connector's documentation shows.</summary>
    public static string Envelope(string name) => File.ReadAllText(Path.Combine(Folder, name + ".json"));

    /// <summary>A change of PostgreSQL's products, as small as it can be.</summary>
    public static string Change(char op, int id, string? title, long lsn, string table = "products", string columns = "") =>
        op == 'd'
            ? $$"""{"before":{"id":{{id}}},"after":null,"source":{"name":"s","db":"d","schema":"public","table":"{{table}}","lsn":{{lsn}},"ts_ms":{{lsn}}},"op":"d"}"""
            : $$"""{"before":null,"after":{"id":{{id}},"title":{{JsonSerializer.Serialize(title)}}{{columns}}},"source":{"name":"s","db":"d","schema":"public","table":"{{table}}","lsn":{{lsn}},"ts_ms":{{lsn}}},"op":"{{op}}"}""";

    public Capture Take(params string[] records) => TakeTogether(string.Join('\n', records));

    public Capture TakeTogether(string body, string table = "")
    {
        var capture = new Capture();
        ChangeBody.Read(Encoding.UTF8.GetBytes(body), (record, index) => _translator.Translate(record, index, table, capture));
        Apply([.. capture.Changes]);
        return capture;
    }

    /// <summary>As the log would bring them, whatever the door had said.</summary>
    public void Apply(params CatalogChange[] changes)
    {
        if (changes.Length > 0)
        {
            var body = new ArrayBufferWriter<byte>();
            new CatalogEntry(changes).WriteTo(body);
            var handled = _handler.HandleAsync(_handler.Read(0, changes.Length, body.WrittenSpan), CancellationToken.None);
            System.Diagnostics.Debug.Assert(handled.IsCompletedSuccessfully, "The handler works at once.");
        }
    }

    public CatalogItem? Item(string id) => Catalog.Find(id) is var item and >= 0 && !Catalog.IsWithdrawn(item) ? Catalog[item] : null;

    public static JsonElement Call(Capture capture, int index = 0) => JsonElement.Parse(capture.Calls[index].Span);
}
