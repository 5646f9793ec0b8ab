using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Consent;
using Personalization.Consent.Domain.Vendors;
using Personalization.Consent.Pipeline;
using Personalization.Consent.Storage;
using Personalization.Kernel.Sqlite;

namespace Personalization.Tests.Consent.Vendors;

/// <summary>A list comes from a file or a server, survives a restart, and is never replaced by something worse.</summary>
public class VendorListRefresherTests
{
    private string _folder;
    private VendorListOptions _options;
    private VendorLists _lists;
    private Func<HttpResponseMessage> _answer;

    [SetUp]
    public void CreateFolder()
    {
        _folder = Directory.CreateTempSubdirectory("vendor-list-").FullName;
        _options = new VendorListOptions { Url = "https://lists.example/vendor-list.json" };
        _lists = new VendorLists();
        _answer = () => Answer(List(5));
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_list_from_a_server_counts_and_is_there_at_the_next_start()
    {
        Assert.That(await Create().RefreshAsync(default));
        Assert.That(_lists.Current!.Version, Is.EqualTo(5));

        _lists = new VendorLists();
        _answer = () => throw new HttpRequestException("nobody answers");
        var next = Create();
        await next.LoadKeptAsync(default);

        Assert.That(await next.RefreshAsync(default), Is.False);
        Assert.That(_lists.Current!.Version, Is.EqualTo(5));
    }

    [Test]
    public async Task A_list_from_a_file_counts()
    {
        var file = Path.Combine(_folder, "given.json");
        await File.WriteAllTextAsync(file, List(9));
        _options = new VendorListOptions { Path = file };

        Assert.That(await Create().RefreshAsync(default));
        Assert.That(_lists.Current!.TryGet(7, out _));
    }

    [Test]
    public async Task A_file_is_taken_even_when_its_list_is_older()
    {
        var file = Path.Combine(_folder, "given.json");
        await File.WriteAllTextAsync(file, List(3));
        await Create().RefreshAsync(default);
        _options = new VendorListOptions { Path = file };

        await Create().StartingAsync(default);

        Assert.That(_lists.Current!.Version, Is.EqualTo(3));
    }

    [Test]
    public async Task The_kept_list_counts_before_anything_starts()
    {
        await Create().RefreshAsync(default);
        _lists = new VendorLists();
        _answer = () => throw new InvalidOperationException("a start does not wait for a server");

        await Create().StartingAsync(default);

        Assert.That(_lists.Current!.Version, Is.EqualTo(5));
    }

    [Test]
    public async Task What_is_worse_than_what_we_have_changes_nothing()
    {
        await Create().RefreshAsync(default);
        foreach (var worse in new Func<HttpResponseMessage>[]
        {
            () => Answer(List(4)),
            () => Answer("""{"half":"""),
            () => new HttpResponseMessage(HttpStatusCode.BadGateway),
            () => Answer(new string(' ', _options.MaxBytes) + List(6)),
            () => throw new IOException("the connection broke"),
        })
        {
            _answer = worse;

            Assert.That(await Create().RefreshAsync(default), Is.False);
            Assert.That(_lists.Current!.Version, Is.EqualTo(5));
        }

        _answer = () => Answer(List(6));
        Assert.That(await Create().RefreshAsync(default));
        Assert.That(_lists.Current!.Version, Is.EqualTo(6));
    }

    [Test]
    public async Task A_body_without_a_length_is_read_to_the_bound_and_no_further()
    {
        _options.MaxBytes = 64 * 1024;
        var endless = new EndlessStream();
        _answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(endless) };

        Assert.That(await Create().RefreshAsync(default), Is.False);
        Assert.That(endless.Read64K, Is.LessThan(64));
    }

    [Test]
    public async Task A_file_that_is_not_there_leaves_no_list()
    {
        _options = new VendorListOptions { Path = Path.Combine(_folder, "missing.json") };

        Assert.That(await Create().RefreshAsync(default), Is.False);
        Assert.That(_lists.Current, Is.Null);
    }

    [TestCase("list.json", "https://lists.example/list.json")]
    [TestCase(null, "lists.example/list.json")]
    [TestCase(null, "file:///etc/passwd")]
    public void A_source_that_makes_no_sense_is_refused_when_the_host_starts(string? path, string url)
    {
        var options = new VendorListOptions { Path = path, Url = url };

        Assert.That(options.Validate(new(options)), Is.Not.Empty);
    }

    private VendorListRefresher Create()
    {
        var directory = new DataDirectory(new ConfigurationBuilder().AddInMemoryCollection([new("DataDirectory", _folder)]).Build());
        var settings = Options.Create(_options);
        return new VendorListRefresher(
            _lists,
            new VendorListSource(settings, new HttpClient(new Handler(() => _answer()))),
            new VendorListFile(directory),
            settings,
            TimeProvider.System,
            NullLogger<VendorListRefresher>.Instance);
    }

    private static HttpResponseMessage Answer(string body) =>
        new(HttpStatusCode.OK) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };

    private static string List(int version) =>
        "{\"gvlSpecificationVersion\":3,\"vendorListVersion\":" + version + ",\"vendors\":{\"7\":{\"id\":7,\"purposes\":[5]}}}";

    private sealed class Handler(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return answer();
        }
    }

    /// <summary>Spaces without an end.</summary>
    private sealed class EndlessStream : Stream
    {
        public int Read64K { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Read64K++;
            buffer.AsSpan(offset, count).Fill((byte)' ');
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
