/* libpcap's empty loop: read every packet of a capture file and do nothing with it.
 *
 * cc -O2 -o pcap_loop pcap_loop.c -lpcap; pcap_loop FILE prints one line of JSON. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void count(u_char *packets, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(unsigned long *)packets;
}

/* VmHWM of proc(5), in bytes; 0 where there is none. */
static unsigned long peak_resident_bytes(void)
{
    char line[256];
    unsigned long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL)
        return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %lu", &kib) == 1)
            break;
    fclose(status);
    return kib * 1024;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    unsigned long packets = 0;
    struct timespec cpu;
    pcap_t *capture;

    if (argc != 2) {
        fputs("usage: pcap_loop FILE\n", stderr);
        return 2;
    }
    capture = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (capture == NULL) {
        fprintf(stderr, "%s\n", error);
        return 2;
    }
    if (pcap_loop(capture, -1, count, (u_char *)&packets) != 0) {
        fprintf(stderr, "%s\n", pcap_geterr(capture));
        return 2;
    }
    pcap_close(capture);
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) != 0)
        return 2;
    printf("{\"packets\": %lu, \"cpu_s\": %.6f, \"peak_bytes\": %lu}\n", packets, cpu.tv_sec + cpu.tv_nsec * 1e-9,
           peak_resident_bytes());
    return 0;
}
