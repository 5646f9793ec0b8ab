namespace Personalization.Tracking.Domain.Dialects;

/// <summary>What a Snowplow JSON is: <c>iglu:com.acme/product_view/jsonschema/1-0-0</c>.</summary>
/// <param name="Vendor">For example <c>com.acme</c>.</param>
/// <param name="Name">For example <c>product_view</c>.</param>
internal readonly record struct IgluUri(string Vendor, string Name)
{
    private const string Scheme = "iglu:";

    /// <summary>Empty for a text that is no such URI. The version says nothing to us: fields are looked for, not counted on.</summary>
    public static IgluUri Parse(string? text)
    {
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return default;
        }

        var parts = text[Scheme.Length..].Split('/');
        return parts is [{ Length: > 0 } vendor, { Length: > 0 } name, ..] ? new IgluUri(vendor, name) : default;
    }
}
