using Microsoft.AspNetCore.Http;

namespace Personalization.Features.Endpoints.Conditions;

/// <summary><c>GET /v1/segments/schema</c>: the JSON Schema (draft 2020-12) of conditions, for editors. 200.</summary>
internal static class ConditionSchemaEndpoint
{
    /// <summary>The name of the resource.</summary>
    public const string Resource = "schemas/condition.schema.json";

    private static readonly Lazy<byte[]> Schema = new(Read);

    /// <summary>As UTF-8.</summary>
    public static ReadOnlyMemory<byte> Utf8 => Schema.Value;

    public static IResult Handle() => TypedResults.Bytes(Schema.Value, "application/schema+json");

    private static byte[] Read()
    {
        using var stream = typeof(ConditionSchemaEndpoint).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks {Resource}.");
        var schema = new byte[stream.Length];
        stream.ReadExactly(schema);
        return schema;
    }
}
