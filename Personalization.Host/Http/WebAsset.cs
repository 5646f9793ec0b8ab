using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Personalization.Host.Http;

/// <summary>A file for browsers that is embedded in the executable, with the compressed forms that were made when it was built.</summary>
internal sealed class WebAsset
{
    /// <summary>
    /// Pages name the SDK without a version, so a browser asks again after an hour and is usually told that nothing changed; a day longer it
    /// may go on with what it has while it asks, so that no page waits.
    /// </summary>
    private const string CacheControl = "public, max-age=3600, stale-while-revalidate=86400";

    private readonly string _contentType;

    /// <summary>The smallest first, plain last.</summary>
    private readonly Form[] _forms;

    private WebAsset(string contentType, Form[] forms) => (_contentType, _forms) = (contentType, forms);

    /// <param name="name">Name of the embedded file; its compressed forms are called the same with <c>.br</c> and <c>.gz</c> behind it.</param>
    /// <param name="contentType">Of the plain file.</param>
    public static WebAsset Load(string name, string contentType)
    {
        var plain = Read(name, null) ?? throw new InvalidOperationException($"{name} is not embedded in the executable.");
        return new WebAsset(contentType, [.. new[] { Read(name + ".br", "br"), Read(name + ".gz", "gzip") }.OfType<Form>(), plain]);
    }

    /// <summary>200 with the smallest form that the browser takes; 304 when it has that; 206 for a part of it.</summary>
    public FileContentHttpResult Serve(HttpContext context)
    {
        var accepted = context.Request.GetTypedHeaders().AcceptEncoding;
        var form = Array.Find(_forms, form => form.Encoding is null || IsAccepted(accepted, form.Encoding))!;
        var headers = context.Response.Headers;
        headers.CacheControl = CacheControl;
        headers.Vary = HeaderNames.AcceptEncoding;
        headers.ContentEncoding = form.Encoding;
        headers.XContentTypeOptions = "nosniff";

        // A public script without secrets, wanted by pages of other origins, isolated ones among them.
        headers.AccessControlAllowOrigin = "*";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Bytes(form.Content, _contentType, entityTag: form.Tag);
    }

    private static bool IsAccepted(IList<StringWithQualityHeaderValue> accepted, string encoding) =>
        accepted.Any(entry => entry.Quality != 0 && entry.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase));

    private static Form? Read(string name, string? encoding)
    {
        using var stream = typeof(WebAsset).Assembly.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new Form(encoding, content, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\""));
    }

    /// <param name="Encoding">Null for the plain file.</param>
    /// <param name="Content">As sent.</param>
    /// <param name="Tag">Of these very bytes, so that it is a strong one.</param>
    private sealed record Form(string? Encoding, byte[] Content, EntityTagHeaderValue Tag);
}
