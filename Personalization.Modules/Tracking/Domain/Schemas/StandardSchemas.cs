using System.Reflection;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>The meta-schemas of draft 2020-12, as json-schema.org publishes them.</summary>
internal static class StandardSchemas
{
    public const string Uri = "https://json-schema.org/draft/2020-12/schema";
    private const string Base = "https://json-schema.org/draft/2020-12/";
    private const string Folder = "Tracking/Domain/Schemas/Standard/";

    /// <summary>The document at an address of the standard; null for any other address.</summary>
    public static ReadOnlyMemory<byte>? Find(string uri)
    {
        if (!uri.StartsWith(Base, StringComparison.Ordinal))
        {
            return null;
        }

        var name = uri[Base.Length..].Replace("meta/", "", StringComparison.Ordinal);
        return Read($"{Folder}{name}.json");
    }

    private static ReadOnlyMemory<byte>? Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
