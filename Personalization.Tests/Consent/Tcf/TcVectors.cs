using System.Text;
using System.Text.Json;
using Personalization.Tests.Support;

namespace Personalization.Tests.Consent.Tcf;

/// <summary>The conformance vectors of TCF: what IAB's library and the specification make of strings that nobody here wrote.</summary>
internal static class TcVectors
{
    public static JsonElement Strings => Parse("vectors.json");

    public static JsonElement Decisions => Parse("decisions.json");

    public static byte[] VendorList => File.ReadAllBytes(SharedVectors.Find("tcf", "gvl-synthetic.json"));

    /// <summary>The string of a vector; hostile ones are described rather than written out.</summary>
    public static byte[] TextOf(JsonElement vector, string name = "tcString")
    {
        if (!vector.TryGetProperty("generate", out var made))
        {
            return Encoding.UTF8.GetBytes(vector.GetProperty(name).GetString()!);
        }

        var repeated = string.Concat(Enumerable.Repeat(made.GetProperty("repeat").GetString(), made.GetProperty("count").GetInt32()));
        return Encoding.UTF8.GetBytes(made.GetProperty("prefix").GetString() + repeated + made.GetProperty("suffix").GetString());
    }

    private static JsonElement Parse(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(SharedVectors.Find("tcf", file)));
        return document.RootElement.Clone();
    }
}
